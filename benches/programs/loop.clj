(defn main []
  (loop [i 1 s 0]
    (if (<= i 20000000)
      (recur (inc i) (if (zero? (rem i 3)) (+ s i) (- s 1)))
      s)))
(println (main))

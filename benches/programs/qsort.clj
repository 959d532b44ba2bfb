;; A merge-free functional sort would be another algorithm: this one swaps in a transient-free long array.
(defn sort! [^longs a ^long lo ^long hi]
  (when (< lo hi)
    (let [p (aget a (quot (+ lo hi) 2))]
      (loop [i lo j hi]
        (if (<= i j)
          (let [i (long (loop [i i] (if (< (aget a i) p) (recur (inc i)) i)))
                j (long (loop [j j] (if (> (aget a j) p) (recur (dec j)) j)))]
            (if (<= i j)
              (let [t (aget a i)]
                (aset a i (aget a j)) (aset a j t)
                (recur (inc i) (dec j)))
              (recur i j)))
          (do (sort! a lo j) (sort! a i hi)))))))
(defn main []
  (let [a (long-array (take 200000 (rest (iterate #(rem (* (long %) 16807) 2147483647) 42))))]
    (sort! a 0 (dec (alength a)))
    (reduce (fn [h v] (rem (+ (* (long h) 31) (long v)) 1000000007)) 0 a)))
(println (main))

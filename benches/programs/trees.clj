(defn make [d] (if (zero? d) {:left nil :right nil} {:left (make (dec d)) :right (make (dec d))}))
(defn check [t] (if-let [l (:left t)] (+ 1 (check l) (check (:right t))) 1))
(defn main []
  (let [maxd 14 long-lived (make maxd)]
    (+ (check long-lived)
       (reduce + (for [d (range 4 (inc maxd) 2) _ (range (bit-shift-left 1 (+ (- maxd d) 4)))] (check (make d)))))))
(println (main))
